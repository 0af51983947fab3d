/** Of this collector: the package's, as a test checks. */
export const COLLECTOR_VERSION = '0.1.0';
