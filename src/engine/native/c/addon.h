/**
 * A build's kernels in Node: `open(description)` gives an object like the exports of a WASM instance, with its memory as
 * an ArrayBuffer; `blocks` says how many blocks of examples lie side by side.
 */
#define NAPI_VERSION 8
#include <node_api.h>
#include <sys/mman.h>

#define COUNT ((int)(sizeof ENTRIES / sizeof *ENTRIES))
#define ARGUMENTS 12

/** An instance, of zeros as the kernels want it; 0 where there is no memory. */
static struct instance *create(void) {
  struct instance *S = aligned_alloc(64, (sizeof *S + 63) & ~(usize)63);
  if (!S) return 0;
  memset(S, 0, sizeof *S);
  S->memory = mmap(0, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (S->memory == MAP_FAILED) {
    free(S);
    return 0;
  }
  initialize(S);
  return S;
}

/** It lives as long as its buffer or one of its functions. */
struct owned { struct instance *instance; int users; };
struct bound { struct owned *owned; const struct entry *entry; };

static void leave(struct owned *owned) {
  if (--owned->users) return;
  munmap(owned->instance->memory, MEMORY);
  free(owned->instance);
  free(owned);
}
static void leaveBuffer(napi_env env, void *data, void *hint) { leave(hint); }
static void leaveFunction(napi_env env, void *data, void *hint) {
  leave(((struct bound *)data)->owned);
  free(data);
}

static napi_value call(napi_env env, napi_callback_info info) {
  size_t count = ARGUMENTS;
  napi_value args[ARGUMENTS], result = 0;
  struct bound *bound;
  napi_get_cb_info(env, info, &count, args, 0, (void **)&bound);
  f64 numbers[ARGUMENTS] = { 0 };
  for (int i = 0; i < bound->entry->count; i++) napi_get_value_double(env, args[i], &numbers[i]);
  napi_create_double(env, bound->entry->call(bound->owned->instance, numbers), &result);
  return result;
}

/** The argument is a Float64Array, what stands at a WASM instance's `descriptionAt()`. */
static napi_value openInstance(napi_env env, napi_callback_info info) {
  size_t count = 1, length = 0;
  napi_value description, object = 0, value;
  void *places = 0;
  napi_get_cb_info(env, info, &count, &description, 0, 0);
  struct instance *S = 0;
  if (napi_get_typedarray_info(env, description, 0, &length, &places, 0, 0) == napi_ok && length == description_PLACES)
    S = create();
  struct owned *owned = S ? malloc(sizeof *owned) : 0;
  if (!owned) {
    napi_throw_error(env, 0, "no memory for native kernels");
    return 0;
  }
  memcpy((void *)shape_descriptionAt(S), places, length * sizeof(f64));
  setup(S);
  *owned = (struct owned){ S, 1 + COUNT };
  napi_create_object(env, &object);
  napi_create_external_arraybuffer(env, S->memory, S->memory_next - (usize)S->memory, leaveBuffer, owned, &value);
  napi_set_named_property(env, object, "memory", value);
  for (int i = 0; i < COUNT; i++) {
    struct bound *bound = malloc(sizeof *bound);
    *bound = (struct bound){ owned, &ENTRIES[i] };
    napi_create_function(env, ENTRIES[i].name, NAPI_AUTO_LENGTH, call, bound, &value);
    napi_add_finalizer(env, value, bound, leaveFunction, 0, 0);
    napi_set_named_property(env, object, ENTRIES[i].name, value);
  }
  return object;
}

NAPI_MODULE_INIT() {
  napi_value value;
  napi_create_function(env, "open", NAPI_AUTO_LENGTH, openInstance, 0, &value);
  napi_set_named_property(env, exports, "open", value);
  napi_create_int32(env, BLOCKS, &value);
  napi_set_named_property(env, exports, "blocks", value);
  return exports;
}
