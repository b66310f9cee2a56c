package io.medusa.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Secret;
import io.medusa.os.SmallFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;

/** A key file for Azure: {@code {"storage_account": "...", "key": "..."}} (docs/compatibility.md 9). */
record AzureKey(String account, Secret key) {
    static AzureKey read(Path file) {
        try {
            JsonNode json = new JsonMapper().readTree(SmallFiles.text(file));
            String account = json.path("storage_account").asText().strip();
            // line breaks in it do not matter
            byte[] key = Base64.getDecoder().decode(json.path("key").asText().replaceAll("\\s+", ""));
            if (!account.isEmpty() && key.length > 0) {
                return new AzureKey(account, new Secret(Base64.getEncoder().encodeToString(key)));
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
