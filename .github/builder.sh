#!/bin/sh
# Makes the builder of images: BuildKit of one version, whose own frontend reads the Dockerfile.
#
# Dependabot does not see this one: move tag and digest together.
set -eu
exec docker buildx create --use --driver-opt \
    image=moby/buildkit:v0.32.2@sha256:28a898719c18a33f4e8000685287fa36fd0dd9560c6440227d3a732d79bb41d8
