// What the pages change at the collector: signing in and out, the first account, enrolment codes,
// who saw to an incident.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type {
  EnrolmentCode,
  IncidentView,
  Session,
  SetupRequest,
  SignInRequest,
} from './contract.ts';
import { INCIDENTS_KEY, sessionQuery } from './queries.ts';
import { request } from './request.ts';

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SignInRequest) => request<Session>('/session', { method: 'POST', body }),
    onSuccess: (session) => client.setQueryData(sessionQuery.queryKey, session),
  });
}

export function useSetup() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SetupRequest) => request<Session>('/setup', { method: 'POST', body }),
    onSuccess: (session) => client.setQueryData(sessionQuery.queryKey, session),
  });
}

/** Afterwards nothing that was read in this session is left in memory. */
export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<undefined>('/session', { method: 'DELETE' }),
    onSuccess: () => {
      client.setQueryData(sessionQuery.queryKey, { person: null, setupNeeded: false });
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    },
  });
}

export function useEnrolmentCode(locationId: string) {
  return useMutation({
    mutationFn: (lineId: string | undefined) =>
      request<EnrolmentCode>(`/locations/${encodeURIComponent(locationId)}/enrolment-codes`, {
        method: 'POST',
        body: lineId === undefined ? {} : { lineId },
      }),
  });
}

export function useAcknowledge(incidentId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (note: string) =>
      request<IncidentView>(`/alerts/incidents/${encodeURIComponent(incidentId)}/acknowledge`, {
        method: 'POST',
        body: note === '' ? {} : { note },
      }),
    onSuccess: (incident) => {
      client.setQueriesData<readonly IncidentView[]>({ queryKey: INCIDENTS_KEY }, (incidents) =>
        incidents?.map((known) => (known.id === incident.id ? incident : known)),
      );
    },
  });
}
