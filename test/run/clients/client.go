// A client with the real address built in. It submits a job, polls it, downloads its picture and prints what it got.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
)

const api = "https://api.photalabs.com/v1/phota"
const body = `{"prompt": "a lighthouse", "async": true, "response_mode": "urls"}`

type job struct {
	ID     string `json:"job_id"`
	Status string
	Result struct {
		URLs []string `json:"download_urls"`
	}
}

func ask(method, url string, body []byte) []byte {
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("X-API-Key", "test-key-alice")
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		log.Fatal(err)
	}
	return text
}

func read(text []byte) (read job) {
	if err := json.Unmarshal(text, &read); err != nil {
		log.Fatal(err)
	}
	return
}

func main() {
	job := read(ask("POST", api+"/generate", []byte(body)))
	for job.Status != "succeeded" && job.Status != "failed" {
		job = read(ask("GET", api+"/jobs/"+job.ID, nil))
	}
	address, _ := url.Parse(job.Result.URLs[0])
	picture := ask("GET", job.Result.URLs[0], nil)
	isJpeg := bytes.HasPrefix(picture, []byte{0xff, 0xd8})
	fmt.Printf(`{"way": "go", "status": %q, "host": %q, "isJpeg": %t}`, job.Status, address.Host, isJpeg)
}
