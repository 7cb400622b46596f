/** What can go wrong with the cache: the world's failures, exit code 1. */
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"

/** The cache folder cannot be used at all. */
export class CacheUnusable extends Schema.TaggedError<CacheUnusable>()("CacheUnusable", {
  path: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    const closed = /permission|read-only/.test(this.problem)
    return `the cache folder ${this.path} cannot be used: ${this.problem}. ${closed ? "Make it writable, or name" : "Name"} another one with --cache DIR.`
  }
}

/** The folder is not empty, and no cache. */
export class ForeignFolder extends Schema.TaggedError<ForeignFolder>()("ForeignFolder", { path: Schema.String }) {
  override get message() {
    return `the folder ${this.path} is no cache of this program, and not empty, so nothing in it was touched. Name a cache, or a new or empty folder, with --cache DIR or PIPELINE_CACHE.`
  }
  override readonly [Runtime.errorExitCode] = 2
}

/** The index of a cache is mapped into memory, which no network file system keeps the same for two machines. */
export class NetworkFolder extends Schema.TaggedError<NetworkFolder>()("NetworkFolder", {
  path: Schema.String,
  fileSystem: Schema.String
}) {
  override get message() {
    return `the cache folder ${this.path} lies on a network file system (${this.fileSystem}), where its index would be spoilt as soon as two machines use it. Keep the cache on a disk of this machine (--cache DIR), and share results by a remote (--remote DIR). If one machine alone ever uses the folder, PIPELINE_NETWORK_CACHE=allow lets it be.`
  }
  override readonly [Runtime.errorExitCode] = 2
}

/** Writing failed; nothing that was finished is lost. */
export class CacheWriteError extends Schema.TaggedError<CacheWriteError>()("CacheWriteError", {
  path: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `writing to the cache failed at ${this.path}: ${this.problem}. Nothing that was finished is lost; mend this and run again.`
  }
}

/** A store of traces and blobs (trace-store.ts, blob-store.ts) cannot be reached, refuses, or gives what makes no sense. */
export class StoreFailed extends Schema.TaggedError<StoreFailed>()("StoreFailed", {
  place: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.place} cannot be used: ${this.problem}`
  }
}

/** A report cannot be written into its folder of the project; it is in the cache. */
export class PublishError extends Schema.TaggedError<PublishError>()("PublishError", {
  path: Schema.String,
  node: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `the files of ${this.node} cannot be written to ${this.path}: ${this.problem}. Its result is kept: \`pipeline get '${this.node}:OUTPUT' --out DIR/\` hands it over.`
  }
}

/** An artifact's bytes are gone or are not what its digest says. */
export class ArtifactLost extends Schema.TaggedError<ArtifactLost>()("ArtifactLost", {
  digest: Schema.String,
  path: Schema.String,
  problem: Schema.String,
  /** The node that gave it, where that is known. */
  node: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return `artifact ${this.digest.slice(0, 12)}… ${this.problem} (${this.path}); \`pipeline run ${this.node === undefined ? "NODE" : `'${this.node}'`}\` makes it again`
  }
}

/** An archive that cannot be written or read, or whose bytes are not what they promise. */
export class ArchiveError extends Schema.TaggedError<ArchiveError>()("ArchiveError", {
  path: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.path}: ${this.problem}`
  }
}

/** A file that the pipeline reads is there, and cannot be read. */
export class FileUnreadable extends Schema.TaggedError<FileUnreadable>()("FileUnreadable", {
  path: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `the file ${this.path} cannot be read: ${this.problem}`
  }
}

/** A file that the user named cannot be written; the one that was there before still is. */
export class FileUnwritable extends Schema.TaggedError<FileUnwritable>()("FileUnwritable", {
  path: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.path} cannot be written: ${this.problem}`
  }
}

/** The code of a stage cannot be read or bundled. */
export class CodeError extends Schema.TaggedError<CodeError>()("CodeError", {
  module: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `the compute module ${this.module} cannot be read: ${this.problem}`
  }
  override readonly [Runtime.errorExitCode] = 2
}

/** Plain words for the system's error codes. */
export function problemOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const words: Record<string, string> = {
    EACCES: "permission denied",
    EPERM: "permission denied",
    EROFS: "the file system is read-only",
    ENOSPC: "no space is left on the disk",
    EDQUOT: "the disk quota is used up",
    ENOENT: "it does not exist",
    ENOTDIR: "part of the path is a file, not a folder",
    EEXIST: "a file is in its place",
    EMFILE: "too many files are open",
    EFBIG: "it would be larger than files may be here",
    ENXIO: "nobody reads it",
    EISDIR: "it is a folder",
    ELOOP: "its links lead round in a circle",
    ENAMETOOLONG: "its name is too long",
    EIO: "the disk reports an error (it may be full)"
  }
  return (code !== undefined && words[code]) || String(message ?? error).split("\n")[0]
}
