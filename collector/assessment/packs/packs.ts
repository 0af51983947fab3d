// The rule packs by name.
import { ACM } from './acm.ts';
import { EIGHTY_EIGHTY } from './eighty-eighty.ts';
import { GERMAN } from './german.ts';
import type { RulePack } from './pack.ts';
import { MEAN, SINGLE } from './plain.ts';
import { RTR } from './rtr.ts';

export const RULE_PACKS: readonly RulePack[] = [ACM, GERMAN, RTR, EIGHTY_EIGHTY, MEAN, SINGLE];

export function packNamed(name: string): RulePack | undefined {
  return RULE_PACKS.find((pack) => pack.name === name);
}
