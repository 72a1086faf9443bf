// Le hasard des figures : les mêmes tirages qu'en Python (rnnbook.widgets.chance), pour une même graine.

/** Renvoie une fonction qui tire, à chaque appel, un nombre uniforme de [0, 1[ (mulberry32, Tommy Ettinger, 2017). */
export function uniforms(seed) {
  let counter = seed;
  return () => {
    counter = (counter + 0x6d2b79f5) | 0;
    let mixed = Math.imul(counter ^ (counter >>> 15), counter | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Change deux tirages uniformes en deux tirages normaux indépendants (Box et Muller, 1958). */
export function normalPair(draw) {
  const radius = Math.sqrt(-2 * Math.log(1 - draw()));
  const angle = 2 * Math.PI * draw();
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}
