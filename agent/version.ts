// What this agent calls itself; a test holds it against package.json.
export const AGENT_VERSION = '0.1.0';
