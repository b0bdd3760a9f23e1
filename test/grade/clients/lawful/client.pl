#!/usr/bin/env perl
# Two pictures with Perl's core modules: both are submitted first, then waited for in turn.
use strict;
use warnings;
use utf8;
use File::Temp 'tempdir';
use HTTP::Tiny;
use JSON::PP;
use List::Util 'max';

my %transient = map { $_ => 1 } 429, 500, 502, 503, 504, 599;
my $api = HTTP::Tiny->new(timeout => 60, max_redirect => 0, default_headers => { 'X-API-Key' => $ENV{PHOTA_API_KEY} });
my $web = HTTP::Tiny->new(timeout => 60);
my $dir = tempdir('pictures-XXXX', TMPDIR => 1);

sub pause {
  my ($answer, $otherwise) = @_;
  my ($seconds) = ($answer->{headers}{'retry-after'} // '') =~ /^(\d+)$/;
  sleep max($seconds // 0, $otherwise);
}

sub submit {
  my ($prompt) = @_;
  open my $random, '<:raw', '/dev/urandom' or die $!;
  read $random, my $id, 16;
  my $body = encode_json({
    prompt => $prompt, output_format => 'jpg', response_mode => 'urls',
    async => JSON::PP::true, client_request_id => unpack('H*', $id),
  });
  for my $wait (1, 2, 4, 0) {
    my $answer = $api->post("$ENV{PHOTA_BASE_URL}/generate",
      { headers => { 'Content-Type' => 'application/json' }, content => $body });
    return decode_json($answer->{content})->{job_id} if $answer->{success};
    die "submitting: $answer->{status} $answer->{reason}\n" if !$transient{ $answer->{status} } || !$wait;
    pause($answer, $wait);
  }
}

sub wait_for {
  my ($job) = @_;
  for (my $wait = 1;; $wait = $wait < 10 ? $wait + 1 : 10) {
    sleep $wait;
    my $answer = $api->get("$ENV{PHOTA_BASE_URL}/jobs/$job");
    if ($transient{ $answer->{status} }) { pause($answer, 0); next }
    die "job $job: $answer->{status} $answer->{reason}\n" if !$answer->{success};
    my $told = decode_json($answer->{content});
    die "job $job failed: $told->{error}{message}\n" if $told->{status} eq 'failed';
    return $told->{result}{download_urls}[0] if $told->{status} eq 'succeeded';
  }
}

sub save {
  my ($job) = @_;
  for my $wait (1, 2, 4, 0) {
    my $picture = $web->get(wait_for($job));
    if ($picture->{success} && $picture->{content} =~ /\xff\xd9\z/) {
      open my $file, '>:raw', "$dir/$job.jpg" or die $!;
      print $file $picture->{content};
      close $file or die $!;
      return print "$dir/$job.jpg\n";
    }
    die "job $job: downloading: $picture->{status} $picture->{reason}\n" if !$wait;
    pause($picture, $wait);
  }
}

eval { save($_) for map { submit($_) } 'faro de Galicia, al amanecer', 'światło latarni'; 1 } or do {
  print STDERR "no picture: $@";
  exit 1;
};
