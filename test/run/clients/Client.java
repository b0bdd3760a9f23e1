import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.regex.Pattern;

/** A client with the real address built in. It submits a job, polls it, downloads its picture and prints what came. */
public class Client {
    static final String API = "https://api.photalabs.com/v1/phota";
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    public static void main(String[] arguments) throws Exception {
        String body = "{\"prompt\": \"a lighthouse\", \"async\": true, \"response_mode\": \"urls\"}";
        String handle = text(to(API + "/generate").header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
        String job;
        do job = text(to(API + "/jobs/" + field(handle, "\"job_id\":\"([^\"]*)")));
        while (field(job, "\"status\":\"([^\"]*)").matches("pending|running"));
        URI url = URI.create(field(job, "\"download_urls\":\\[\"([^\"]*)"));
        byte[] picture = CLIENT.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofByteArray()).body();
        boolean isJpeg = picture[0] == (byte) 0xff && picture[1] == (byte) 0xd8;
        System.out.println("{\"way\":\"java\",\"status\":\"" + field(job, "\"status\":\"([^\"]*)") + "\",\"host\":\""
                + url.getHost() + "\",\"isJpeg\":" + isJpeg + "}");
    }

    static HttpRequest.Builder to(String url) {
        return HttpRequest.newBuilder(URI.create(url)).header("X-API-Key", "test-key-alice");
    }

    static String text(HttpRequest.Builder request) throws Exception {
        return CLIENT.send(request.build(), BodyHandlers.ofString()).body();
    }

    static String field(String json, String pattern) {
        var matcher = Pattern.compile(pattern).matcher(json);
        if (!matcher.find()) throw new IllegalStateException(json);
        return matcher.group(1);
    }
}
