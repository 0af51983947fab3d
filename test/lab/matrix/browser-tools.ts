// Clients that we did not write, in headless Chromium at the near end, against the same measure server.
import {
  openPeerBrowser,
  type PeerBrowser,
  type PeerResult,
  runCloudflare,
  runNdt7,
} from '#test/support/peer-clients.ts';
import type { Tool } from './tools.ts';

function inChromium(measure: (peer: PeerBrowser, origin: string) => Promise<PeerResult>): Tool {
  return ({ link, origin }) =>
    async () => {
      await using peer = await openPeerBrowser(link.prefix('near'));
      const { downMbps, upMbps } = await measure(peer, origin);
      return { down: { mbps: downMbps }, up: { mbps: upMbps } };
    };
}

export const ndt7 = inChromium(runNdt7);
export const cloudflare = inChromium(runCloudflare);
