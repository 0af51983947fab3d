import { connectHttps } from '#agent/uplink/https.ts';
import { waysTo } from '#agent/uplink/ways.ts';
import { connectWebSocket } from '#agent/uplink/websocket.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { testOutbound } from '#test/support/outbound.ts';
import { uplinkContract } from './uplink.ts';

uplinkContract({
  name: 'websocket',
  carriesAnswers: /^/,
  connect: (collector) => connectWebSocket(collector, testOutbound()),
  ways: (collector) => waysTo(collector, 'websocket', testOutbound(), systemClock),
});
uplinkContract({
  name: 'https',
  carriesAnswers: /^POST .*\/(poll|send) /,
  connect: (collector) => connectHttps(collector, testOutbound(), systemClock),
  ways: (collector) => waysTo(collector, 'https', testOutbound(), systemClock),
});
