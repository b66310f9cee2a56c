package io.medusa.repository;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.storage.ObjectKey;
import org.jspecify.annotations.Nullable;

/** Failures of kind BACKUP_DAMAGED, in one wording. */
final class Damage {
    private Damage() {}

    /** For an object that could not be parsed. */
    static MedusaException of(ObjectKey key, Exception failed) {
        String why = failed.getMessage();
        if (failed instanceof JsonParseException malformed) {
            why = "it is truncated or not JSON at line "
                    + malformed.getLocation().getLineNr() + ", column "
                    + malformed.getLocation().getColumnNr();
        } else if (failed instanceof JsonProcessingException json) {
            why = json.getOriginalMessage();
        }
        return of(key, why == null ? "it is truncated" : why, failed);
    }

    static MedusaException of(ObjectKey key, String why, @Nullable Throwable cause) {
        return new MedusaException(
                FailureKind.BACKUP_DAMAGED,
                "the backup's " + key.fileName() + " cannot be used (" + key + "): " + why,
                cause);
    }

    static MedusaException missing(ObjectKey key) {
        return of(key, "it is missing", null);
    }
}
