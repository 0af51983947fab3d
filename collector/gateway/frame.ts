// Text from an agent into a frame, or a sentence on what is wrong with it and where. Pure.

import { messageOf } from '#shared/runtime/errors.ts';
import { type AgentFrame, agentFrameSchema } from '#shared/wire/uplink.ts';

export type ParsedFrame = { readonly frame: AgentFrame } | { readonly fault: string };

const MAX_FAULTS = 5;

/** `number` counts the frames of the connection from 1, so that the sender can find it. */
export function parseFrame(text: string, number: number): ParsedFrame {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return { fault: `frame ${number} is not JSON: ${messageOf(error)}` };
  }
  const parsed = agentFrameSchema.safeParse(content);
  if (parsed.success) return { frame: parsed.data };
  const faults = parsed.error.issues
    .slice(0, MAX_FAULTS)
    .map(
      ({ path, message }) =>
        `${path.length === 0 ? 'frame' : path.map(String).join('.')}: ${message}`,
    );
  return { fault: `frame ${number} is not of the protocol: ${faults.join('; ')}` };
}
