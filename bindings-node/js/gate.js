// At most `width` at a time, the others in the order they came.
export function gate(width) {
  const waiting = [];
  let inside = 0;
  return async (work) => {
    if (inside >= width) await new Promise((go) => waiting.push(go));
    else inside += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) inside -= 1;
      else next();
    }
  };
}
