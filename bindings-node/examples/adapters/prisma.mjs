// SCIM over Prisma: pgStore(prismaQueries(prisma), { migrate: false }), with what `scim.ddl()` gives
// as a migration of yours: Prisma runs one statement at a time.

/** `prisma` is a `new PrismaClient()` for PostgreSQL. */
export function prismaQueries(prisma) {
  const over = (runner) => ({
    query: async (text, values = []) => ({ rows: await runner.$queryRawUnsafe(text, ...values) }),
  });
  return { ...over(prisma), transaction: (work) => prisma.$transaction((tx) => work(over(tx))) };
}
