// How long a one-time enrolment code works when nobody says otherwise.

/** Time to send a device to a school and have it plugged in. */
export const DEFAULT_CODE_DAYS = 14;
