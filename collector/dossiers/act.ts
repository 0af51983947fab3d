// What a person, or a school by its link, does in a dossier: where, decided on what, by whom and why.
import type { Author } from '#shared/model/dossier.ts';
import type { Location } from '#shared/model/location.ts';

export interface Act {
  readonly locationId: string;
  /** Of the dossier that the act was decided on; undefined: whichever it is now. */
  readonly version?: number | undefined;
  readonly author: Author;
  readonly reason: string;
  /** Whether the author may act at another location of a joint offer; default: at each. */
  readonly mayActAt?: ((location: Location) => boolean) | undefined;
}
