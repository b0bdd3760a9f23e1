# A client with the real address built in. It submits a job, polls it, downloads its picture and prints what it got.

require 'json'
require 'net/http'

API = 'https://api.photalabs.com/v1/phota'
HEADERS = { 'X-API-Key' => 'test-key-alice', 'Content-Type' => 'application/json' }.freeze
BODY = '{"prompt": "a lighthouse", "async": true, "response_mode": "urls"}'

job = JSON.parse(Net::HTTP.post(URI("#{API}/generate"), BODY, HEADERS).body)
until %w[succeeded failed].include?(job['status'])
  job = JSON.parse(Net::HTTP.get(URI("#{API}/jobs/#{job['job_id']}"), HEADERS))
end
url = URI(job['result']['download_urls'].first)
begin_of_picture = Net::HTTP.get(url).byteslice(0, 2).unpack1('H*')
puts JSON.generate(way: 'ruby', status: job['status'], host: url.host, isJpeg: begin_of_picture == 'ffd8')
