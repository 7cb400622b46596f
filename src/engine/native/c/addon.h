/**
 * A build's kernels in Node: `open(description)` gives an object like the exports of a WASM instance, whose `buffer()` gives
 * the memory that is laid out so far as an ArrayBuffer. As with WebAssembly it is another one when more has been laid out.
 */
#include <sys/mman.h>

// The part of Node-API that is used, whose binary interface holds for good; so no headers need be installed.
typedef struct opaque_env *napi_env;
typedef struct opaque_value *napi_value;
typedef struct opaque_info *napi_callback_info;
typedef struct opaque_ref *napi_ref;
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
napi_status napi_detach_arraybuffer(napi_env, napi_value);
napi_status napi_create_reference(napi_env, napi_value, uint32_t count, napi_ref *);
napi_status napi_get_reference_value(napi_env, napi_ref, napi_value *);
napi_status napi_delete_reference(napi_env, napi_ref);
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

/** It lives as long as one of its buffers or functions. `buffer`: the last one, if it is still there, weakly. */
struct owned { struct instance *instance; int users; napi_ref buffer; usize bytes; };
struct bound { struct owned *owned; const struct entry *entry; };

static void leave(napi_env env, struct owned *owned) {
  if (--owned->users) return;
  if (owned->buffer) napi_delete_reference(env, owned->buffer);
  munmap(owned->instance->memory, MEMORY);
  free(owned->instance);
  free(owned);
}
static void leaveBuffer(napi_env env, void *data, void *hint) { leave(env, hint); }
static void leaveFunction(napi_env env, void *data, void *hint) {
  leave(env, ((struct bound *)data)->owned);
  free(data);
}

static napi_value buffer(napi_env env, napi_callback_info info) {
  struct bound *bound;
  napi_value value = 0;
  napi_get_cb_info(env, info, 0, 0, 0, (void **)&bound);
  struct owned *owned = bound->owned;
  const usize bytes = owned->instance->memory_next - (usize)owned->instance->memory;
  if (owned->buffer) {
    napi_get_reference_value(env, owned->buffer, &value);
    if (value && owned->bytes == bytes) return value;
    if (value) napi_detach_arraybuffer(env, value);
    napi_delete_reference(env, owned->buffer);
    owned->buffer = 0;
  }
  owned->bytes = bytes;
  owned->users++;
  if (napi_create_external_arraybuffer(env, owned->instance->memory, bytes, leaveBuffer, owned, &value)) {
    owned->users--;
    napi_throw_error(env, 0, "the memory of native kernels cannot be shown");
    return 0;
  }
  napi_create_reference(env, value, 0, &owned->buffer);
  return value;
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

/** Gives the object a function of the instance. */
static void bind(
  napi_env env, napi_value object, struct owned *owned, const char *name, napi_callback function, const struct entry *entry
) {
  napi_value value;
  struct bound *bound = malloc(sizeof *bound);
  *bound = (struct bound){ owned, entry };
  owned->users++;
  napi_create_function(env, name, WHOLE_NAME, function, bound, &value);
  napi_add_finalizer(env, value, bound, leaveFunction, 0, 0);
  napi_set_named_property(env, object, name, value);
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
  *owned = (struct owned){ S, 1, 0, 0 };
  napi_create_object(env, &object);
  for (int i = 0; i < COUNT; i++) bind(env, object, owned, ENTRIES[i].name, call, &ENTRIES[i]);
  bind(env, object, owned, "buffer", buffer, 0);
  leave(env, owned);
  return object;
}

EXPORTED int node_api_module_get_api_version_v1(void) { return 8; }

EXPORTED napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value value;
  napi_create_function(env, "open", WHOLE_NAME, openInstance, 0, &value);
  napi_set_named_property(env, exports, "open", value);
  return exports;
}
