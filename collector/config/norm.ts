// The norm as the settings say. A verdict names the norm's version, so a changed value must have
// a version of its own: the values' hash, the same on every machine with the same values.
import { createHash } from 'node:crypto';
import { NORM_500_40, type Norm } from '#shared/model/norm.ts';
import type { CollectorSettings } from './settings.ts';

export function normOf(settings: CollectorSettings): Norm {
  const norm: Norm = {
    ...NORM_500_40,
    download: settings.normDownload,
    upload: settings.normUpload,
    tolerance: settings.normTolerance,
    windowDays: settings.normWindowDays,
    minTests: settings.normMinTests,
    minDays: settings.normMinDays,
    passesAtAnyHour: settings.normPassesAtAnyHour === 'on',
    newestRunsFirst: settings.normNewestRunsFirst === 'on',
    quietHours: settings.normQuietHours,
    schoolHours: settings.normSchoolHours,
  };
  const fingerprint = fingerprintOf(norm);
  if (fingerprint === fingerprintOf(NORM_500_40)) return NORM_500_40;
  return { ...norm, version: `${norm.download}/${norm.upload}-own-${fingerprint.slice(0, 8)}` };
}

function fingerprintOf(norm: Norm): string {
  const values = Object.entries({ ...norm, version: NORM_500_40.version }).sort(([a], [b]) =>
    a.localeCompare(b),
  );
  return createHash('sha256').update(JSON.stringify(values)).digest('hex');
}
