// Ce que partagent les figures où tourne un réseau appris : lire ses poids, les produits, la softmax, un pas de GRU.

/** Lit des nombres en demi-précision (IEEE 754, petit-boutiste) écrits en base 64. */
export function decodeHalf(text) {
  const bytes = atob(text);
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => {
    const bits = bytes.charCodeAt(2 * i) | (bytes.charCodeAt(2 * i + 1) << 8);
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/** Coupe une suite de nombres en morceaux nommés : sizes est une suite de [nom, taille]. */
export function cut(numbers, sizes) {
  let start = 0;
  return Object.fromEntries(sizes.map(([name, size]) => [name, numbers.subarray(start, (start += size))]));
}

/** Le produit d'une matrice, rangée ligne après ligne, par un vecteur, plus un biais. */
export function affine(matrix, vector, bias) {
  return Array.from(bias, (b, i) => {
    let sum = b;
    for (let j = 0; j < vector.length; j += 1) sum += matrix[i * vector.length + j] * vector[j];
    return sum;
  });
}

/** exp(scores) ramenés à une somme de 1 ; le plus grand score est retranché d'abord, pour ne pas déborder. */
export function softmax(scores) {
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

const sigmoid = (a) => 1 / (1 + Math.exp(-a));

/**
 * Un pas de GRU, celui de torch.nn (remise à zéro après le produit, z garde le passé) : le nouvel état.
 * `W_x`, `W_h`, `b_x`, `b_h` : les blocs r, z et candidat, l'un sous l'autre.
 */
export function gruStep({ W_x, W_h, b_x, b_h }, x, h) {
  const n = h.length;
  const [input, past] = [affine(W_x, x, b_x), affine(W_h, h, b_h)];
  return h.map((old, i) => {
    const r = sigmoid(input[i] + past[i]);
    const z = sigmoid(input[n + i] + past[n + i]);
    const candidate = Math.tanh(input[2 * n + i] + r * past[2 * n + i]);
    return (1 - z) * candidate + z * old;
  });
}
