// Connections of a pool. What breaks one is said by what is asked of it then; `pg` tells of it besides,
// and where nobody listens, that ends the process.

function listens() {}

export async function connected(pool) {
  const client = await pool.connect();
  client.on?.("error", listens);
  return client;
}

// `broken`: why nothing can be asked of it any more.
export function released(client, broken) {
  client.off?.("error", listens);
  client.release(broken);
}
