import java.io.FileInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A Java client of the CAS: java Client.java API CHAIN.pem IDENTITY.p12 PASSWORD SESSION.yml
 * Uploads the session over mutual TLS, reads it back, and prints "HASH SESSION-NAME".
 */
public class Client {
    public static void main(String[] args) throws Exception {
        HttpClient client = HttpClient.newBuilder().sslContext(context(args[1], args[2], args[3].toCharArray())).build();
        String yaml = Files.readString(Path.of(args[4]));
        HttpResponse<String> created = post(client, args[0], yaml);
        expect(201, created);
        String hash = first("\"hash\" *: *\"([0-9a-f]{64})\"", created.body());
        String name = first("(?m)^name: *(\\S+)", yaml);
        HttpRequest get = HttpRequest.newBuilder(URI.create("https://" + args[0] + "/v1/sessions/" + name + "?hash=" + hash)).build();
        HttpResponse<String> read = client.send(get, HttpResponse.BodyHandlers.ofString());
        expect(200, read);
        expect(409, post(client, args[0], yaml));
        System.out.println(first("\"hash\" *: *\"([0-9a-f]{64})\"", read.body()) + " " + first("name: *([^\\\\]+)\\\\n", read.body()));
    }

    private static SSLContext context(String chain, String identity, char[] password) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        int number = 0;
        try (FileInputStream in = new FileInputStream(chain)) {
            for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(in))
                trusted.setCertificateEntry("cas-" + number++, certificate);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (FileInputStream in = new FileInputStream(identity)) {
            own.load(in, password);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static HttpResponse<String> post(HttpClient client, String api, String yaml) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("https://" + api + "/session"))
                .header("Content-Type", "application/yaml").POST(HttpRequest.BodyPublishers.ofString(yaml)).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static void expect(int status, HttpResponse<String> response) {
        if (response.statusCode() != status) throw new IllegalStateException(response.statusCode() + " " + response.body());
    }

    private static String first(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) throw new IllegalStateException("no " + pattern + " in " + text);
        return matcher.group(1);
    }
}
