// What this agent calls itself; a test holds it against package.json. The bundler says both.

declare const MEETNET_VERSION: string | undefined;
declare const MEETNET_COMMIT: string | undefined;

/** As in semver: `0.1.0` from a checkout, `0.1.0+321225f` in a bundle. */
export const AGENT_VERSION = `${typeof MEETNET_VERSION === 'string' ? MEETNET_VERSION : '0.1.0'}${typeof MEETNET_COMMIT === 'string' ? `+${MEETNET_COMMIT}` : ''}`;
