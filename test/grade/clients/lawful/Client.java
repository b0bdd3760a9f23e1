import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Two pictures with Java's HttpClient: both are submitted first, then waited for in turn. It reads JSON by patterns, so
 * that it needs no library.
 */
public class Client {
  static final String BASE_URL = System.getenv("PHOTA_BASE_URL");
  static final String API_KEY = System.getenv("PHOTA_API_KEY");
  static final List<Integer> TRANSIENT = List.of(429, 500, 502, 503, 504);
  static final HttpClient API = HttpClient.newHttpClient();
  static final HttpClient WEB = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();

  /** An answer; status 0 and an empty body if there was none. */
  record Answer(int status, byte[] body, long retryAfterMs) {
    boolean isTransient() {
      return status == 0 || TRANSIENT.contains(status);
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    String field(String name) {
      Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]*)\"").matcher(text());
      return found.find() ? found.group(1) : null;
    }
  }

  static Answer send(HttpClient client, HttpRequest.Builder request) throws InterruptedException {
    try {
      request.timeout(Duration.ofSeconds(60));
      HttpResponse<byte[]> answer = client.send(request.build(), BodyHandlers.ofByteArray());
      String retryAfter = answer.headers().firstValue("Retry-After").orElse("0");
      long ms = retryAfter.matches("\\d+") ? Long.parseLong(retryAfter) * 1000 : 0;
      return new Answer(answer.statusCode(), answer.body(), ms);
    } catch (IOException lost) {
      return new Answer(0, new byte[0], 0);
    }
  }

  static HttpRequest.Builder api(String path) {
    return HttpRequest.newBuilder(URI.create(BASE_URL + path)).header("X-API-Key", API_KEY);
  }

  static String submit(String prompt) throws InterruptedException {
    String body = """
        {"prompt": "%s", "output_format": "jpg", "async": true, "response_mode": "urls", "client_request_id": "%s"}"""
        .formatted(prompt, UUID.randomUUID());
    for (int attempt = 1; ; attempt++) {
      HttpRequest.Builder request = api("/generate").header("Content-Type", "application/json");
      Answer answer = send(API, request.POST(BodyPublishers.ofString(body)));
      if (answer.status() == 202 && answer.field("job_id") != null) return answer.field("job_id");
      if (!answer.isTransient() || attempt == 4) throw new IllegalStateException("refused: " + answer.status());
      Thread.sleep(Math.max(answer.retryAfterMs(), 500L << attempt));
    }
  }

  /** The URL of a job's picture, once the job has ended. */
  static String waitFor(String job) throws InterruptedException {
    for (long waitMs = 1000; ; waitMs = Math.min(waitMs * 3 / 2, 15_000)) {
      Thread.sleep(waitMs);
      Answer answer = send(API, api("/jobs/" + job));
      if (answer.isTransient()) {
        Thread.sleep(answer.retryAfterMs());
        continue;
      }
      if (answer.status() != 200) throw new IllegalStateException("polling: " + answer.status());
      if ("failed".equals(answer.field("status"))) throw new IllegalStateException(answer.field("message"));
      if (!"succeeded".equals(answer.field("status"))) continue;
      Matcher url = Pattern.compile("\"download_urls\"\\s*:\\s*\\[\\s*\"([^\"]+)\"").matcher(answer.text());
      if (!url.find()) throw new IllegalStateException("succeeded without a picture");
      return url.group(1).replace("\\/", "/").replace("\\u0026", "&");
    }
  }

  static void save(String job) throws Exception {
    for (int attempt = 1; ; attempt++) {
      Answer picture = send(WEB, HttpRequest.newBuilder(URI.create(waitFor(job))));
      byte[] bytes = picture.body();
      int end = bytes.length;
      if (picture.status() == 200 && end > 4 && bytes[end - 2] == (byte) 0xff && bytes[end - 1] == (byte) 0xd9) {
        System.out.println(Files.write(Files.createTempDirectory("pictures-").resolve(job + ".jpg"), bytes));
        return;
      }
      if (attempt == 4) throw new IllegalStateException("downloading: " + picture.status());
      Thread.sleep(Math.max(picture.retryAfterMs(), 500L << attempt));
    }
  }

  public static void main(String[] args) throws Exception {
    try {
      List<String> jobs = new ArrayList<>();
      for (String prompt : List.of("Ένας φάρος το βράδυ", "a lighthouse, seen from a boat")) jobs.add(submit(prompt));
      for (String job : jobs) save(job);
    } catch (IllegalStateException problem) {
      System.err.println("not all pictures are there: " + problem.getMessage());
      System.exit(1);
    }
  }
}
