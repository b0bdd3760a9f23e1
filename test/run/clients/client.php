<?php
// A client with the real address built in. It submits a job, polls it, downloads its picture and prints what it got.

const API = 'https://api.photalabs.com/v1/phota';
const BODY = '{"prompt": "a lighthouse", "async": true, "response_mode": "urls"}';

function ask(string $url, array $options = []): string
{
    $handle = curl_init($url);
    curl_setopt_array($handle, $options + [CURLOPT_RETURNTRANSFER => true, CURLOPT_FAILONERROR => true]);
    $body = curl_exec($handle);
    if ($body === false) {
        exit(curl_error($handle) . "\n");
    }
    return $body;
}

$headers = [CURLOPT_HTTPHEADER => ['X-API-Key: test-key-alice', 'Content-Type: application/json']];
$job = json_decode(ask(API . '/generate', $headers + [CURLOPT_POSTFIELDS => BODY]), true);
while (!in_array($job['status'], ['succeeded', 'failed'])) {
    $job = json_decode(ask(API . "/jobs/{$job['job_id']}", $headers), true);
}
[$url] = $job['result']['download_urls'];
echo json_encode([
    'way' => 'php',
    'status' => $job['status'],
    'host' => parse_url($url, PHP_URL_HOST),
    'isJpeg' => str_starts_with(ask($url), "\xff\xd8"),
]);
