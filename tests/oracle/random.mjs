// A small seeded generator (xorshift32), so that a failing string can be made again.
export class Random {
  constructor(seed) {
    this.state = 2463534242;
    for (const c of seed) {
      this.state = (Math.imul(this.state, 31) + c.codePointAt(0)) >>> 0;
    }
    this.state ||= 1;
  }

  u32() {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state;
  }

  below(bound) {
    return Math.floor((this.u32() / 2 ** 32) * bound);
  }

  between(low, high) {
    return low + this.below(high - low + 1);
  }

  of(list) {
    return list[this.below(list.length)];
  }
}
