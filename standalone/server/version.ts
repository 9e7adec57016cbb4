/** Version of SpacetimeDB whose protocol this server speaks; tools compare it with their own. */
export const SERVER_VERSION = '2.10.1';
