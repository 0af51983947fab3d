// What each part of a report is handed: what is said, where, and in which language.
import type { Text } from '#shared/wire/api.ts';
import type { EvidencePack } from '#shared/wire/evidence-pack.ts';
import type { Formats } from '../../assessment/explain/formats.ts';
import type { Paper } from './paper.ts';
import type { ReportTexts } from './texts.ts';

export interface Writing {
  readonly pack: EvidencePack;
  readonly paper: Paper;
  readonly language: keyof Text;
  readonly texts: ReportTexts;
  readonly formats: Formats;
}
