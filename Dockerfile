# syntax=docker/dockerfile:1
# check=error=true

# Alpine, so that the binary is static (musl) and the final image holds no C library. aws-lc-rs, the TLS crypto, builds
# with the C compiler that this image has; it needs no cmake.
FROM rust:1.95-alpine AS build
ARG TARGETARCH
WORKDIR /src
COPY . .
# Registry and target folder are kept in caches, so that a change to the operator's own code compiles that alone.
RUN --mount=type=cache,id=cargo-registry,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,id=target-${TARGETARCH},target=/src/target,sharing=locked \
    cargo build --release --locked --package fargate-operator --bin fargate-operator \
    && cp target/release/fargate-operator /fargate-operator

# No shell, no package manager, no C library; has the root certificates, with which AWS is verified.
FROM gcr.io/distroless/static-debian12:nonroot
LABEL org.opencontainers.image.title="fargate-operator" \
      org.opencontainers.image.description="A Kubernetes operator for AWS EKS Fargate profiles" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /fargate-operator /fargate-operator
# A number, so that runAsNonRoot can be checked.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/fargate-operator"]
CMD ["run"]
