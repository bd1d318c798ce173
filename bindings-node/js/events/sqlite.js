// The outbox of a store in SQLite: the addon keeps it.

export function sqliteOutbox(run) {
  const ask = async (command) => JSON.parse(await run(JSON.stringify(command)));
  return {
    claim: (asked) => ask({ claim: asked }),
    settle: async (settled) => (await ask({ settle: settled })) ?? undefined,
    changes: (asked) => ask({ changes: asked }),
    prune: (asked) => ask({ prune: asked }),
    deadLetters: (asked) => ask({ deadLetters: asked }),
    retry: (asked) => ask({ retry: asked }),
  };
}
