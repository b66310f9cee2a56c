import java.net.URI;
import java.nio.file.Path;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.transfer.s3.S3TransferManager;

/** The SDK's own transfer manager: a directory up to the bucket "bucket", or the bucket down into a directory. */
public final class TransferManager {
    private TransferManager() {}

    /** @param arguments endpoint, key, secret, up or down, directory */
    public static void main(String... arguments) {
        boolean up = arguments[3].equals("up");
        try (S3AsyncClient client = S3AsyncClient.builder()
                        .endpointOverride(URI.create(arguments[0]))
                        .region(Region.US_EAST_1)
                        .forcePathStyle(true)
                        // the server here answers 501 to what a download in parts asks for
                        .multipartEnabled(up)
                        .multipartConfiguration(parts -> parts.minimumPartSizeInBytes(50L << 20).thresholdInBytes(20L << 20))
                        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                        .httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(32).maxPendingConnectionAcquires(100_000)
                                .connectionAcquisitionTimeout(java.time.Duration.ofMinutes(10)))
                        .credentialsProvider(StaticCredentialsProvider.create(
                                AwsBasicCredentials.create(arguments[1], arguments[2])))
                        .build();
                S3TransferManager manager = S3TransferManager.builder().s3Client(client).build()) {
            Path directory = Path.of(arguments[4]);
            int failed = up
                    ? manager.uploadDirectory(request -> request.source(directory).bucket("bucket"))
                            .completionFuture()
                            .join()
                            .failedTransfers()
                            .size()
                    : manager.downloadDirectory(request -> request.destination(directory).bucket("bucket"))
                            .completionFuture()
                            .join()
                            .failedTransfers()
                            .size();
            if (failed > 0) {
                throw new IllegalStateException(failed + " transfers failed");
            }
        }
    }
}
