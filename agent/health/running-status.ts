// What the running agent says of itself, for `status` to read.
import type { Plan } from '#shared/model/plan.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { type Identity, shownIdentity } from '../identity/identity.ts';
import type { AgentState } from '../schedule/agent-state.ts';
import { current } from '../schedule/budget.ts';
import type { TimetableService } from '../schedule/timetable-service.ts';
import type { Spool } from '../spool/spool.ts';
import type { Uplink } from '../uplink/uplink-service.ts';
import { AGENT_VERSION } from '../version.ts';
import type { StatusFile } from './status-file.ts';

export interface RunningAgent {
  readonly identity: Identity;
  readonly pid: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly uplink: Pick<Uplink, 'status' | 'clockOffsetMs'>;
  readonly spool: Pick<Spool, 'stats'>;
  readonly timetable: Pick<TimetableService, 'next'>;
  readonly state: AgentState;
  readonly plan: Plan;
  readonly isTesting: boolean;
}

const NEXT_TESTS_SHOWN = 3;

export function runningStatus(agent: RunningAgent): StatusFile {
  const { clock, pid, identity, uplink, spool, timetable, state, plan, isTesting } = agent;
  const clockOffsetMs = uplink.clockOffsetMs();
  const { dayBytes, monthBytes } = current(state.spent, clock.now() - (clockOffsetMs ?? 0));
  const { state: uplinkState, since, lastError, trouble, transport } = uplink.status();
  return {
    writtenAt: new Date(clock.now()).toISOString(),
    pid,
    agentVersion: AGENT_VERSION,
    identity: shownIdentity(identity),
    testing: isTesting,
    uplink: {
      state: uplinkState,
      since: new Date(since).toISOString(),
      ...(lastError === undefined ? {} : { lastError }),
      ...(trouble === undefined ? {} : { trouble }),
      ...(transport === undefined ? {} : { transport }),
    },
    spool: spool.stats(),
    budget: {
      ...{ dayBytes, monthBytes },
      dayLimitBytes: plan.budget.dayBytes,
      monthLimitBytes: plan.budget.monthBytes,
    },
    ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
    nextTests: timetable.next(NEXT_TESTS_SHOWN).map((time) => new Date(time).toISOString()),
    ...(state.lastTestAt === undefined ? {} : { lastTestAt: state.lastTestAt }),
    ...(state.lastResult === undefined ? {} : { lastResult: state.lastResult }),
  };
}
