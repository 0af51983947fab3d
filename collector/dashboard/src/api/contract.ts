// The contract's answers under the names that the pages use. Types alone: the schemas stay with
// the collector, which checks by them on both sides.
import type { z } from 'zod';
import type {
  locationDetailSchema,
  locationListSchema,
  measurementListSchema,
  setupRequestSchema,
  signInRequestSchema,
} from '#shared/wire/api.ts';

export type { IncidentView } from '#shared/wire/alerts-api.ts';
export type {
  AvailabilityView,
  DeviceView,
  EnrolmentCode,
  LineView,
  LocationEvent,
  LocationView,
  MeasurementView,
  Person,
  Session,
  Text,
  VerdictView,
} from '#shared/wire/api.ts';

export type LocationDetail = z.infer<typeof locationDetailSchema>;
export type LocationList = z.infer<typeof locationListSchema>;
export type MeasurementList = z.infer<typeof measurementListSchema>;
export type SetupRequest = z.infer<typeof setupRequestSchema>;
export type SignInRequest = z.infer<typeof signInRequestSchema>;
