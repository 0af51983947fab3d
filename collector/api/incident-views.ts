// From incidents to what the API says of them to one viewer: his own locations, and how many others.
import type { Incident } from '#shared/model/incident.ts';
import type { Location } from '#shared/model/location.ts';
import type { IncidentView } from '#shared/wire/alerts-api.ts';
import { incidentText, memberText } from '../alerts/incident-texts.ts';
import { maySeeLocation, maySeePerson, maySeeServers, type Viewer } from './access.ts';

export function incidentViews(
  incidents: readonly Incident[],
  viewer: Viewer,
  locations: ReadonlyMap<string, Location>,
): IncidentView[] {
  return incidents.map((incident) => incidentView(incident, viewer, locations));
}

export function incidentView(
  incident: Incident,
  viewer: Viewer,
  locations: ReadonlyMap<string, Location>,
): IncidentView {
  const sees = (locationId: string | null) => seesMember(viewer, locations, locationId);
  const members = incident.members.filter(({ locationId }) => sees(locationId));
  const { id, kind, mergedInto, cause, openedAt, updatedAt, closedAt } = incident;
  const nameOf = (locationId: string) =>
    `${locations.get(locationId)?.name ?? ''} (${locationId})`.trim();
  return {
    ...{ id, kind, mergedInto, status: closedAt === null ? 'open' : 'closed' },
    ...{ openedAt: iso(openedAt), updatedAt: iso(updatedAt), closedAt: isoOrNull(closedAt) },
    ...(cause === undefined ? {} : { cause }),
    members: members.map((member) => ({
      ...{ locationId: member.locationId, detail: member.detail, text: memberText(member) },
      name: member.locationId === null ? '' : (locations.get(member.locationId)?.name ?? ''),
      ...{ since: iso(member.since), endedAt: isoOrNull(member.endedAt) },
    })),
    elsewhere: incident.members.length - members.length,
    // An operator of all boards sees to it for everybody; who else did is for those who see him.
    acknowledgements: incident.acknowledgements
      .filter((each) => each.boardIds === null || maySeePerson(viewer, each))
      .map(({ at, by, note }) => ({ at, by, ...(note === undefined ? {} : { note }) })),
    text: incidentText(incident, members, nameOf),
  };
}

/** Whether any of it is his to see. */
export function seesIncident(
  incident: Incident,
  viewer: Viewer,
  locations: ReadonlyMap<string, Location>,
): boolean {
  return incident.members.some(({ locationId }) => seesMember(viewer, locations, locationId));
}

function seesMember(
  viewer: Viewer,
  locations: ReadonlyMap<string, Location>,
  locationId: string | null,
): boolean {
  if (locationId === null) return maySeeServers(viewer);
  const location = locations.get(locationId);
  return location !== undefined && maySeeLocation(viewer, location);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}
