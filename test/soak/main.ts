// `npm run soak [-- DAYS [SEED]]`: the table of the README's section on reliability.
import { soak } from './soak.ts';

const [days = '30', seed = '500'] = process.argv.slice(2);
const began = performance.now();
const report = await soak({ days: Number(days), seed: Number(seed), everyHours: 8 });
const { rows, taken, missing, invented, stored, resent, droppedRecords } = report;
const { wrongTimes, unknownTimes } = report;
process.stdout.write(
  [
    '| fault | times | longest, h | measured meanwhile | connected again within, s |',
    '|---|---|---|---|---|',
    ...rows.map(
      ({ fault, times, longestHours, measurements, longestReconnectS }) =>
        `| ${fault} | ${times} | ${longestHours.toFixed(1)} | ${measurements} | ${longestReconnectS} |`,
    ),
    '',
    `${days} days, seed ${seed}, in ${((performance.now() - began) / 1000).toFixed(0)} s: ${taken} measurements taken, ${stored} at the collector, ${missing.length} missing, ${invented.length} invented, ${droppedRecords} dropped; ${resent} sent again and known by their ids; ${wrongTimes} with a wrong time, ${unknownTimes} marked as of an unknown hour.`,
    '',
  ].join('\n'),
);
if (missing.length + invented.length + wrongTimes > 0) process.exitCode = 1;
