/** What the translated kernels are made of: numbers, vectors of BLOCKS blocks, and where an instance's variables live. */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

typedef uint8_t u8;
typedef uint16_t u16;
typedef int32_t i32;
typedef uint32_t u32;
typedef int64_t i64;
typedef uint64_t u64;
typedef size_t usize;
typedef float f32;
typedef double f64;
#ifdef REAL_f32
typedef f32 real;
typedef i32 integer;
typedef u32 natural;
#define LANES 4
#else
typedef f64 real;
typedef i64 integer;
typedef u64 natural;
#define LANES 2
#endif

/** What the kernels may know of the processor (kernels/real.ts): columns of sums in a product, 32 registers or 16. */
#define COLUMNS 3
#if defined(__AVX512VL__) || defined(__aarch64__)
#define MANY_REGISTERS 1
#else
#define MANY_REGISTERS 0
#endif

#define BYTES_OF_VECTOR (16 * BLOCKS)
#define EACH_BLOCK(b) for (int b = 0; b < BLOCKS; b++)

/** Vectors of numbers are of the type of numbers to the compiler: their stores touch no variable of the instance. */
typedef real v128 __attribute__((vector_size(BYTES_OF_VECTOR)));
/** In memory: vectors of sums may lie at any number. */
typedef real stored __attribute__((vector_size(BYTES_OF_VECTOR), aligned(sizeof(real))));
typedef integer vi __attribute__((vector_size(BYTES_OF_VECTOR)));
typedef natural vu __attribute__((vector_size(BYTES_OF_VECTOR)));
/** One block's part of a vector, and two of them (kernels/parts.ts). */
typedef real part __attribute__((vector_size(16)));
typedef real pair __attribute__((vector_size(32)));

/** The widest vectors that the processor has, as far as a v128 fills them: a v128 is one of them, or several. */
#if BLOCKS >= 4 && defined(__AVX512F__)
#define BYTES_OF_PIECE 64
#elif BLOCKS >= 2 && defined(__AVX__)
#define BYTES_OF_PIECE 32
#else
#define BYTES_OF_PIECE 16
#endif
#define PIECES (BYTES_OF_VECTOR / BYTES_OF_PIECE)
typedef real piece __attribute__((vector_size(BYTES_OF_PIECE)));
union pieces { v128 v; piece piece[PIECES]; };

#define INLINE static inline __attribute__((always_inline))
#define KEPT static __attribute__((noinline))
#define LOCAL static
#define ALIGNED __attribute__((aligned(64)))

// An instance's variables: fields of a struct, whose bytes come in multiples of a cache line.
#define INSTANCE_BEGIN struct instance { char *memory;
#define INSTANCE_END };
#define FIELD(type, name) type name;
#define BYTES(name, size) u8 name[size] ALIGNED;
#define ARG0 struct instance *const S
#define ARG struct instance *const S,
#define PASS0 S
#define PASS S,
#define VAR(name) (S->name)
#define DATA(name) ((usize)S->name)

// Memory. Numbers of other types than `real` may lie where vectors do.
#define SCALAR(type) \
  typedef type any_##type __attribute__((may_alias, aligned(1))); \
  INLINE type load_##type(usize p, usize at) { return *(const any_##type *)(p + at); } \
  INLINE void store_##type(usize p, type x, usize at) { *(any_##type *)(p + at) = x; }
SCALAR(u8) SCALAR(u16) SCALAR(u32) SCALAR(i32) SCALAR(u64) SCALAR(f64) SCALAR(usize) SCALAR(integer)
INLINE real load_real(usize p, usize at) { return *(const real *)(p + at); }
INLINE void store_real(usize p, real x, usize at) { *(real *)(p + at) = x; }
#define memory_fill(p, value, bytes) memset((void *)(p), value, bytes)
#define memory_copy(to, from, bytes) memmove((void *)(to), (const void *)(from), bytes)

#define min(a, b) ({ __auto_type a_ = (a); __auto_type b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b) ({ __auto_type a_ = (a); __auto_type b_ = (b); a_ > b_ ? a_ : b_; })
#define abs(x) fabs(x)
#define Infinity INFINITY
INLINE u64 reinterpret_u64(f64 x) { u64 r; memcpy(&r, &x, 8); return r; }
INLINE f64 reinterpret_f64(u64 x) { f64 r; memcpy(&r, &x, 8); return r; }

// Vectors. IN_BLOCKS: a list of what `pick` says for each block.
#if BLOCKS == 1
#define IN_BLOCKS(pick, ...) pick(0, __VA_ARGS__)
#elif BLOCKS == 2
#define IN_BLOCKS(pick, ...) pick(0, __VA_ARGS__), pick(1, __VA_ARGS__)
#else
#define IN_BLOCKS(pick, ...) pick(0, __VA_ARGS__), pick(1, __VA_ARGS__), pick(2, __VA_ARGS__), pick(3, __VA_ARGS__)
#endif
#ifdef REAL_f32
#define SAME(b, x) x, x, x, x
#else
#define SAME(b, x) x, x
#endif
INLINE v128 v128_splat_real(real x) { return (v128){ IN_BLOCKS(SAME, x) }; }
INLINE v128 v128_load(usize p, usize at) { return *(const stored *)(p + at); }
INLINE void v128_store(usize p, v128 x, usize at) { *(stored *)(p + at) = x; }
INLINE v128 v128_load_splat_real(usize p, usize at) { return v128_splat_real(load_real(p, at)); }

INLINE v128 v128_add_real(v128 a, v128 b) { return a + b; }
INLINE v128 v128_sub_real(v128 a, v128 b) { return a - b; }
INLINE v128 v128_mul_real(v128 a, v128 b) { return a * b; }
INLINE v128 v128_div_real(v128 a, v128 b) { return a / b; }
INLINE v128 v128_neg_real(v128 a) { return -a; }
INLINE v128 v128_abs_real(v128 a) { return (v128)((vu)a & ((natural)-1 >> 1)); }
#define COMPARE(name, operator, type, vector) \
  INLINE v128 v128_##name##_##type(v128 a, v128 b) { return (v128)((vector)a operator(vector) b); }
COMPARE(lt, <, real, v128) COMPARE(le, <=, real, v128) COMPARE(gt, >, real, v128) COMPARE(eq, ==, real, v128)
COMPARE(ne, !=, real, v128) COMPARE(eq, ==, integer, vi)
INLINE v128 v128_add_integer(v128 a, v128 b) { return (v128)((vu)a + (vu)b); }
INLINE v128 v128_sub_integer(v128 a, v128 b) { return (v128)((vu)a - (vu)b); }
INLINE v128 v128_shl_integer(v128 a, i32 n) { return (v128)((vu)a << n); }
INLINE v128 v128_and(v128 a, v128 b) { return (v128)((vi)a & (vi)b); }
INLINE v128 v128_or(v128 a, v128 b) { return (v128)((vi)a | (vi)b); }
INLINE v128 v128_bitselect(v128 a, v128 b, v128 mask) { return (v128)(((vi)a & (vi)mask) | ((vi)b & ~(vi)mask)); }
/** As WebAssembly has it: NaN if one is, and 0 is more than -0. */
INLINE v128 v128_max_real(v128 a, v128 b) {
  const v128 equal = v128_bitselect(v128_and(a, b), a + b, v128_eq_real(a, b));
  return v128_bitselect(a, v128_bitselect(b, equal, v128_lt_real(a, b)), v128_gt_real(a, b));
}
INLINE real v128_extract_lane_real(v128 a, int i) { return a[i]; }

/** Lane i of two vectors' parts of block b: those of the first, then those of the second. */
#define LANE(i, b) ((i) < LANES ? LANES * (b) + (i) : LANES * BLOCKS + LANES * (b) + (i) - LANES)
#define PICK4(b, i, j, k, l) LANE(i, b), LANE(j, b), LANE(k, b), LANE(l, b)
#define PICK2(b, i, j) LANE(i, b), LANE(j, b)
#if defined(__clang__) || __GNUC__ >= 12
#define SHUFFLE(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
#define SHUFFLE(x, y, ...) __builtin_shuffle(x, y, (vi){ __VA_ARGS__ })
#endif
#ifdef REAL_f32
#define v128_shuffle_f32(x, y, i, j, k, l) SHUFFLE(x, y, IN_BLOCKS(PICK4, i, j, k, l))
#else
#define v128_shuffle_f32(x, y, i, j, k, l) (x) // stands where f64 never comes
#endif
#define v128_shuffle_f64(x, y, i, j) SHUFFLE(x, y, IN_BLOCKS(PICK2, i, j))

/** What JavaScript sees of a build: its functions by name, with numbers for arguments. */
struct instance;
struct entry { const char *name; f64 (*call)(struct instance *, const f64 *); int count; };
/** Addresses as JavaScript has them, 0 for none. */
#define ADDRESS(offset) ((offset) == 0 ? 0 : (usize)S->memory + (usize)(offset))
#define OFFSET(address) ({ const usize address_ = (address); address_ ? address_ - (usize)S->memory : 0; })
