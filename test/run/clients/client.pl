# A client with the real address built in: `perl client.pl WAY`. It submits a job, polls it, downloads its picture and
# prints what it got. `WAY` says by which library.

use strict;
use warnings;
use JSON::PP;

my $api = 'https://api.photalabs.com/v1/phota';
my %headers = ('X-API-Key' => 'test-key-alice', 'Content-Type' => 'application/json');
my $body = '{"prompt": "a lighthouse", "async": true, "response_mode": "urls"}';

my %ask = (
    tiny => sub {
        my ($method, $url, %options) = @_;
        require HTTP::Tiny;
        my $answer = HTTP::Tiny->new(verify_SSL => 1)->request($method, $url, \%options);
        return $answer->{content};
    },
    lwp => sub {
        my ($method, $url, %options) = @_;
        require LWP::UserAgent;
        require HTTP::Request;
        my $request = HTTP::Request->new($method, $url, [%{$options{headers} // {}}], $options{content});
        return LWP::UserAgent->new(env_proxy => 1)->request($request)->content;
    },
);

my ($way) = @ARGV;
my $ask = $ask{$way};
my $job = decode_json($ask->('POST', "$api/generate", headers => \%headers, content => $body));
until ($job->{status} =~ /^(succeeded|failed)$/) {
    $job = decode_json($ask->('GET', "$api/jobs/$job->{job_id}", headers => \%headers));
}
my $url = $job->{result}{download_urls}[0];
my ($host) = $url =~ m{^https://([^/]+)};
my $is_jpeg = $ask->('GET', $url) =~ /^\xff\xd8/ ? JSON::PP::true : JSON::PP::false;
print encode_json({ way => $way, status => $job->{status}, host => $host, isJpeg => $is_jpeg });
