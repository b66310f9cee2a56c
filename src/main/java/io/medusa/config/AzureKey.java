package io.medusa.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;

/** A key file for Azure: {@code {"storage_account": "...", "key": "..."}} (docs/compatibility.md 9). */
record AzureKey(String account, Secret key) {
    static AzureKey read(Path file) {
        try {
            JsonNode json = new JsonMapper().readTree(file.toFile());
            String account = json.path("storage_account").asText();
            String key = json.path("key").asText();
            if (!account.isBlank() && !key.isBlank()) {
                Base64.getDecoder().decode(key);
                return new AzureKey(account, new Secret(key));
            }
        } catch (IOException | IllegalArgumentException unreadable) {
            // the cause is not kept: it may quote the key
        }
        throw new MedusaException(
                FailureKind.CONFIG_INVALID,
                "key_file in [storage], " + file
                        + ", must be JSON such as {\"storage_account\": \"name\", \"key\": \"base64\"}");
    }
}
