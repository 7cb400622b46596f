/** The few functions that know how many blocks lie side by side, and those that name an instruction. */

#if defined(__AVX__) // the piece's own instructions: _mm_fmadd_ps, _mm256_sqrt_pd, …
#if BYTES_OF_PIECE == 64
#define OF_PIECE(name, end) _mm512_##name##_##end
#elif BYTES_OF_PIECE == 32
#define OF_PIECE(name, end) _mm256_##name##_##end
#else
#define OF_PIECE(name, end) _mm_##name##_##end
#endif
#ifdef REAL_f32
#define INSTRUCTION(name) OF_PIECE(name, ps)
#else
#define INSTRUCTION(name) OF_PIECE(name, pd)
#endif
#define MULTIPLY_ADD(a, b, c) (piece)INSTRUCTION(fmadd)(a, b, c)
#ifdef REAL_f32
#define MULTIPLY_ADD_PARTS(a, b, c) (part)_mm_fmadd_ps(a, b, c)
#else
#define MULTIPLY_ADD_PARTS(a, b, c) (part)_mm_fmadd_pd(a, b, c)
#endif
#define SQUARE_ROOT(a) (piece)INSTRUCTION(sqrt)(a)
#elif defined(__aarch64__)
#ifdef REAL_f32
#define MULTIPLY_ADD(a, b, c) (piece)vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b))
#define SQUARE_ROOT(a) (piece)vsqrtq_f32((float32x4_t)(a))
#else
#define MULTIPLY_ADD(a, b, c) (piece)vfmaq_f64((float64x2_t)(c), (float64x2_t)(a), (float64x2_t)(b))
#define SQUARE_ROOT(a) (piece)vsqrtq_f64((float64x2_t)(a))
#endif
#define MULTIPLY_ADD_PARTS(a, b, c) (part)MULTIPLY_ADD(a, b, c) // vectors have 128 bits here
#else
#error "no fused multiply-add is known for this processor"
#endif

INLINE v128 real_madd(ARG v128 a, v128 b, v128 c) {
  union pieces x = { a }, y = { b }, z = { c };
  for (int i = 0; i < PIECES; i++) z.piece[i] = MULTIPLY_ADD(x.piece[i], y.piece[i], z.piece[i]);
  return z.v;
}

INLINE part parts_loadPart(ARG usize p, usize at) {
  typedef part loaded __attribute__((aligned(sizeof(real))));
  return *(const loaded *)(p + at);
}
INLINE void parts_storePart(ARG usize p, part x, usize at) { *(part *)(p + at) = x; }
INLINE part parts_addParts(ARG part a, part b) { return a + b; }
INLINE part parts_maddParts(ARG part a, part b, part c) { return MULTIPLY_ADD_PARTS(a, b, c); }

#if defined(__AVX__) // by name: compilers go through memory otherwise
INLINE pair parts_loadPair(ARG usize p, usize q, usize at) {
  const __m256d low = _mm256_castpd128_pd256((__m128d)parts_loadPart(PASS p, at));
  return (pair)_mm256_insertf128_pd(low, (__m128d)parts_loadPart(PASS q, at), 1);
}
INLINE pair parts_loadTwice(ARG usize p, usize at) { return (pair)_mm256_broadcast_pd((const __m128d *)(p + at)); }
INLINE void parts_storePair(ARG usize p, usize q, pair x, usize at) {
  parts_storePart(PASS p, (part)_mm256_castpd256_pd128((__m256d)x), at);
  parts_storePart(PASS q, (part)_mm256_extractf128_pd((__m256d)x, 1), at);
}
#else
INLINE pair parts_loadPair(ARG usize p, usize q, usize at) {
  union { part part[2]; pair both; } x = { { parts_loadPart(PASS p, at), parts_loadPart(PASS q, at) } };
  return x.both;
}
INLINE pair parts_loadTwice(ARG usize p, usize at) { return parts_loadPair(PASS p, p, at); }
INLINE void parts_storePair(ARG usize p, usize q, pair x, usize at) {
  union { pair both; part part[2]; } y = { x };
  parts_storePart(PASS p, y.part[0], at);
  parts_storePart(PASS q, y.part[1], at);
}
#endif
INLINE pair parts_addPairs(ARG pair a, pair b) { return a + b; }
INLINE pair parts_maddPairs(ARG pair a, pair b, pair c) {
#if defined(__AVX__)
#ifdef REAL_f32
  return (pair)_mm256_fmadd_ps(a, b, c);
#else
  return (pair)_mm256_fmadd_pd(a, b, c);
#endif
#else
  union { pair both; part part[2]; } x = { a }, y = { b }, z = { c };
  for (int i = 0; i < 2; i++) z.part[i] = MULTIPLY_ADD_PARTS(x.part[i], y.part[i], z.part[i]);
  return z.both;
#endif
}

INLINE v128 real_held(ARG v128 a) {
  union pieces x = { a };
#if defined(__x86_64__)
  for (int i = 0; i < PIECES; i++) __asm__("" : "+v"(x.piece[i]));
#else
  for (int i = 0; i < PIECES; i++) __asm__("" : "+w"(x.piece[i]));
#endif
  return x.v;
}

INLINE v128 v128_sqrt_real(v128 a) {
  union pieces x = { a };
  for (int i = 0; i < PIECES; i++) x.piece[i] = SQUARE_ROOT(x.piece[i]);
  return x.v;
}

/** a & ~b, by name: gcc makes two instructions of it. */
INLINE v128 v128_andnot(v128 a, v128 b) {
#if defined(__AVX512DQ__) || (defined(__AVX__) && BYTES_OF_PIECE < 64)
  union pieces x = { a }, y = { b };
  for (int i = 0; i < PIECES; i++) x.piece[i] = (piece)INSTRUCTION(andnot)(y.piece[i], x.piece[i]);
  return x.v;
#else
  return (v128)((vi)a & ~(vi)b);
#endif
}

INLINE bool v128_all_true_integer(v128 a) {
  union { vi v; u64 word[2 * BLOCKS]; } none = { (vi)a == 0 };
  u64 any = 0;
  for (int i = 0; i < 2 * BLOCKS; i++) any |= none.word[i];
  return !any;
}

INLINE v128 real_splatLane(ARG usize p, i32 l) {
  const v128 a = v128_load(p, 0);
#ifdef REAL_f32
  switch (l) {
    case 0: return v128_shuffle_f32(a, a, 0, 0, 0, 0);
    case 1: return v128_shuffle_f32(a, a, 1, 1, 1, 1);
    case 2: return v128_shuffle_f32(a, a, 2, 2, 2, 2);
    default: return v128_shuffle_f32(a, a, 3, 3, 3, 3);
  }
#else
  return l == 0 ? v128_shuffle_f64(a, a, 0, 0) : v128_shuffle_f64(a, a, 1, 1);
#endif
}

INLINE void real_copyLanes(ARG usize to, usize from, i32 block) {
  memcpy((void *)to, (const void *)(from + 16 * (usize)block), 16);
}

/** Four bytes of each lane's image, in the low half of a lane. */
INLINE v128 gather_fourPixels(ARG usize p, usize size) {
  vu r;
  EACH_BLOCK(b) for (int l = 0; l < LANES; l++) r[LANES * b + l] = load_u32(p + (usize)(real_BLOCK * b + l) * size, 0);
  return (v128)r;
}

INLINE v128 gather_scaled(ARG v128 bytes, v128 choice, i32 x, v128 whole, v128 minusWhole, v128 inverse) {
  const v128 p = __builtin_convertvector((vi)(((vu)bytes >> (8 * x)) & 255), v128);
  const v128 quotient = p * inverse;
  return real_madd(PASS real_madd(PASS quotient, minusWhole, p), inverse, quotient);
}

/** The masks' bits: sixteen for each block, [pixel][lane]. */
INLINE void activation_keepBits(ARG usize slopes, usize i, v128 a, v128 b, v128 c, v128 d) {
  const usize p = slopes + (i >> 1) * BLOCKS;
#if defined(__AVX2__)
  union pieces w = { a }, x = { b }, y = { c }, z = { d };
  for (int h = 0; h < PIECES; h++) {
#if BYTES_OF_PIECE == 64
    const __m512i low = _mm512_packs_epi32((__m512i)w.piece[h], (__m512i)x.piece[h]);
    const __m512i high = _mm512_packs_epi32((__m512i)y.piece[h], (__m512i)z.piece[h]);
    store_u64(p, (u64)_mm512_movepi8_mask(_mm512_packs_epi16(low, high)), 8 * h);
#elif BYTES_OF_PIECE == 32
    const __m256i low = _mm256_packs_epi32((__m256i)w.piece[h], (__m256i)x.piece[h]);
    const __m256i high = _mm256_packs_epi32((__m256i)y.piece[h], (__m256i)z.piece[h]);
    store_u32(p, (u32)_mm256_movemask_epi8(_mm256_packs_epi16(low, high)), 4 * h);
#else
    const __m128i low = _mm_packs_epi32((__m128i)w.piece[h], (__m128i)x.piece[h]);
    const __m128i high = _mm_packs_epi32((__m128i)y.piece[h], (__m128i)z.piece[h]);
    store_u16(p, (u16)_mm_movemask_epi8(_mm_packs_epi16(low, high)), 2 * h);
#endif
  }
#else
  const vi masks[4] = { (vi)a, (vi)b, (vi)c, (vi)d };
  EACH_BLOCK(k) {
    u32 word = 0;
    for (int pixel = 0; pixel < 4; pixel++)
      for (int l = 0; l < LANES; l++) word |= (u32)(masks[pixel][LANES * k + l] & 1) << (4 * pixel + l * (4 / LANES));
    store_u16(p, (u16)word, 2 * k);
  }
#endif
}

/** In the low half of each lane, where `closed` has its bits. */
INLINE v128 activation_loadBits(ARG usize slopes, usize i) {
  const usize p = slopes + (i >> 1) * BLOCKS;
#if BLOCKS == 1
  return (v128)((vu){ 0 } + load_u16(p, 0));
#elif defined(REAL_f32)
#define SIXTEEN 0, 0, 0, 0, 16, 16, 16, 16
#if BLOCKS == 2
  return (v128)(((vu){ 0 } + load_u32(p, 0)) >> (vu){ SIXTEEN });
#else
  const u32 w = load_u32(p, 0), x = load_u32(p, 4);
  return (v128)((vu){ w, w, w, w, w, w, w, w, x, x, x, x, x, x, x, x } >> (vu){ SIXTEEN, SIXTEEN });
#endif
#elif BLOCKS == 2
  return (v128)(((vu){ 0 } + load_u32(p, 0)) >> (vu){ 0, 0, 16, 16 });
#else
  return (v128)(((vu){ 0 } + load_u64(p, 0)) >> (vu){ 0, 0, 16, 16, 32, 32, 48, 48 });
#endif
}

#ifdef HAS_winograd_products
INLINE void winograd_products_addOne(ARG usize p, v128 a) {
  EACH_BLOCK(b) {
    const usize q = p + b * VAR(winograd_sumStep);
    const int l = LANES * b;
#ifdef REAL_f32
    store_real(q, load_real(q, 0) + (a[l] + a[l + 2] + (a[l + 1] + a[l + 3])), 0);
#else
    store_real(q, load_real(q, 0) + (a[l] + a[l + 1]), 0);
#endif
  }
}

typedef real two __attribute__((vector_size(2 * sizeof(real)), aligned(sizeof(real))));

INLINE void winograd_products_addHalves(ARG usize p, usize q, v128 lanes) {
  EACH_BLOCK(b) {
    two *const to = (two *)(p + b * VAR(winograd_sumStep)), *const next = (two *)(q + b * VAR(winograd_sumStep));
    *to += (two){ lanes[4 * b], lanes[4 * b + 1] };
    *next += (two){ lanes[4 * b + 2], lanes[4 * b + 3] };
  }
}

typedef real quad __attribute__((vector_size(4 * sizeof(real)), aligned(sizeof(real))));

INLINE void winograd_products_addQuad(ARG usize p, v128 lanes) {
  union { v128 v; quad block[BLOCKS]; } x = { lanes };
  EACH_BLOCK(b) *(quad *)(p + b * VAR(winograd_sumStep)) += x.block[b];
}

INLINE void winograd_products_addPair(ARG usize p, v128 lanes) {
  EACH_BLOCK(b) *(two *)(p + b * VAR(winograd_sumStep)) += (two){ lanes[2 * b], lanes[2 * b + 1] };
}

#endif

#ifdef HAS_analysis
/** Multiplication and addition of f64 are two roundings here, as in WebAssembly. */
KEPT void analysis_innerProducts(ARG usize a, usize b) {
  typedef f64 numbers __attribute__((vector_size(8 * LANES * BLOCKS)));
  const usize end = a + (usize)VAR(shape_filters) * VAR(shape_plane);
  numbers sum = { 0 };
  for (; a < end; a += BYTES_OF_VECTOR, b += BYTES_OF_VECTOR)
    sum += __builtin_convertvector(v128_load(a, 0), numbers) * __builtin_convertvector(v128_load(b, 0), numbers);
  memcpy((void *)VAR(analysis_groupValues), &sum, sizeof sum);
}
#endif

INLINE void ahead_prefetch(ARG usize p) { __builtin_prefetch((const void *)p, 0, 2); }

/** Addresses; pages come when they are first touched. */
#define MEMORY ((usize)1 << 34)
#define __heap_base ((usize)S->memory)
LOCAL void memory_reserve(ARG usize end) {
  if (end > (usize)S->memory + MEMORY) abort();
}
