/** What was last written into folders of the project (reports): by folder, path → digest. Belongs to a project. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { CacheWriteError } from "./errors.ts"
import type { DiskFull } from "./space.ts"
import type { Storage } from "./storage.ts"
import { writing } from "./writing.ts"

export class Published extends Context.Service<
  Published,
  {
    /** Folders of the project into which something was written. */
    readonly folders: () => ReadonlyArray<string>
    readonly files: (folder: string) => Readonly<Record<string, string>>
    readonly note: (
      folder: string,
      files: Readonly<Record<string, string>>
    ) => Effect.Effect<void, DiskFull | CacheWriteError>
  }
>()("pipeline/cache/Published") {
  static readonly over = ({ folder: cache, project, store, write }: Storage["Service"]) => {
    const prefix = `p ${project} `
    return Published.of({
      folders: () =>
        [...store.stats.getKeys({ start: prefix, end: `${prefix}\uffff` })].map((key) => key.slice(prefix.length)),
      files(folder) {
        const files = store.stats.get(`${prefix}${folder}`)
        return isFiles(files) ? files : {}
      },
      note: (folder, files) => writing(cache, () => write(() => void store.stats.put(`${prefix}${folder}`, files)))
    })
  }
}

const isFiles = Schema.is(Schema.Record(Schema.String, Schema.String))
