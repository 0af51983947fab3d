/**
 * Of the rules in this folder, beside the norm's version, which is of its figures. It changes with
 * any change after which some evidence gets another verdict or another reason.
 *
 * - 2026.1: the table of shares and intervals.
 * - 2026.2: newest runs, changes of level, figures that cannot be.
 * - 2026.3: silence explained by the agents' own watch of the line; passes at any hour prove `meets`,
 *   where the fails of every hour leave them enough.
 * - 2026.4: the table alone, unless the norm lets newest runs or passes at any hour decide.
 */
export const RULES_VERSION = '2026.4';
