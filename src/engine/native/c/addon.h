/**
 * A build's kernels in Node: `open(description)` gives an object like the exports of a WASM instance, with its memory as
 * an ArrayBuffer; `blocks` says how many blocks of examples lie side by side.
 */
#include <sys/mman.h>

// The part of Node-API that is used, whose binary interface holds for good; so no headers need be installed.
typedef struct opaque_env *napi_env;
typedef struct opaque_value *napi_value;
typedef struct opaque_info *napi_callback_info;
typedef int napi_status; // 0: all is well
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
typedef void (*napi_finalize)(napi_env, void *data, void *hint);
napi_status napi_get_cb_info(napi_env, napi_callback_info, usize *count, napi_value *args, napi_value *self, void **data);
napi_status napi_get_value_double(napi_env, napi_value, f64 *);
napi_status napi_get_typedarray_info(napi_env, napi_value, int *type, usize *length, void **data, napi_value *, usize *);
napi_status napi_create_double(napi_env, f64, napi_value *);
napi_status napi_create_object(napi_env, napi_value *);
napi_status napi_create_function(napi_env, const char *name, usize length, napi_callback, void *data, napi_value *);
napi_status napi_create_external_arraybuffer(napi_env, void *, usize bytes, napi_finalize, void *hint, napi_value *);
napi_status napi_add_finalizer(napi_env, napi_value, void *data, napi_finalize, void *hint, void *reference);
napi_status napi_set_named_property(napi_env, napi_value object, const char *name, napi_value);
napi_status napi_throw_error(napi_env, const char *code, const char *message);
#define WHOLE_NAME ((usize)-1)
#define EXPORTED __attribute__((visibility("default")))

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
#ifdef MADV_HUGEPAGE
  madvise(S->memory, MEMORY, MADV_HUGEPAGE); // fewer lines of the second-level cache in the same place: 5 to 8 %
#endif
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
  usize count = ARGUMENTS;
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
  usize count = 1, length = 0;
  napi_value description, object = 0, value;
  void *places = 0;
  napi_get_cb_info(env, info, &count, &description, 0, 0);
  struct instance *S = 0;
  if (napi_get_typedarray_info(env, description, 0, &length, &places, 0, 0) == 0 && length == description_PLACES)
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
    napi_create_function(env, ENTRIES[i].name, WHOLE_NAME, call, bound, &value);
    napi_add_finalizer(env, value, bound, leaveFunction, 0, 0);
    napi_set_named_property(env, object, ENTRIES[i].name, value);
  }
  return object;
}

EXPORTED int node_api_module_get_api_version_v1(void) { return 8; }

EXPORTED napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value value;
  napi_create_function(env, "open", WHOLE_NAME, openInstance, 0, &value);
  napi_set_named_property(env, exports, "open", value);
  napi_create_double(env, BLOCKS, &value);
  napi_set_named_property(env, exports, "blocks", value);
  return exports;
}
