// What this agent calls itself; a test holds it against package.json. The bundler adds the commit.

declare const MEETNET_COMMIT: string | undefined;

/** As in semver: `0.1.0` from a checkout, `0.1.0+321225f` in a bundle. */
export const AGENT_VERSION = `0.1.0${typeof MEETNET_COMMIT === 'string' ? `+${MEETNET_COMMIT}` : ''}`;
