/**
 * The processor's peak of multiply-add with vectors of BYTES bytes: twelve chains, enough to hide the latency and few
 * enough for the registers. For at least so many seconds as its argument says; prints operations and seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef float vector __attribute__((vector_size(BYTES)));
#define CHAINS 12
#define TURNS 100000

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int count, char **arguments) {
  const double least = count > 1 ? atof(arguments[1]) : 0.1, begin = now();
  vector s[CHAINS], a, b;
  for (int i = 0; i < CHAINS; i++) s[i] = (vector){ 0 } + (float)i;
  a = (vector){ 0 } + 0.5f;
  b = (vector){ 0 } + (float)count;
  double operations = 0;
  do {
    for (int turn = 0; turn < TURNS; turn++) {
#pragma GCC unroll 12
      for (int i = 0; i < CHAINS; i++) s[i] = s[i] * a + b;
      __asm__ volatile("" : "+x"(a)); // every turn is computed
    }
    operations += 2.0 * TURNS * CHAINS * (BYTES / sizeof(float));
  } while (now() - begin < least);
  for (int i = 1; i < CHAINS; i++) s[0] += s[i];
  printf("%.0f %.9f %g\n", operations, now() - begin, s[0][0]);
  return 0;
}
