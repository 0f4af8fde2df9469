# check=error=true

# Runs on the machine that builds and compiles for either architecture, so that nothing is emulated. Of C there is only
# aws-lc-rs, the TLS crypto: clang and musl's headers are enough for it; Rust brings the linker and the C library itself.
FROM --platform=$BUILDPLATFORM rust:1.95.0-slim-trixie@sha256:81099830a1e1d244607b9a7a30f3ff6ecadc52134a933b4635faba24f52840c9 AS toolchain
RUN dpkg --add-architecture amd64 && dpkg --add-architecture arm64 \
    && apt-get update \
    && apt-get install --yes --no-install-recommends clang llvm musl-dev:amd64 musl-dev:arm64 \
    && rm -rf /var/lib/apt/lists/*
RUN rustup target add x86_64-unknown-linux-musl aarch64-unknown-linux-musl
RUN cargo install cargo-auditable --version 0.7.7 --locked
ENV TARGET_CC=clang TARGET_AR=llvm-ar \
    CFLAGS_x86_64_unknown_linux_musl="-nostdlibinc -isystem /usr/include/x86_64-linux-musl" \
    CFLAGS_aarch64_unknown_linux_musl="-nostdlibinc -isystem /usr/include/aarch64-linux-musl" \
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld

FROM toolchain AS toolchain-amd64
ENV CARGO_BUILD_TARGET=x86_64-unknown-linux-musl
FROM toolchain AS toolchain-arm64
ENV CARGO_BUILD_TARGET=aarch64-unknown-linux-musl

FROM toolchain-$TARGETARCH AS build
WORKDIR /src
# The dependencies, in a layer of their own: compiled from manifests alone, against empty crates.
COPY Cargo.toml Cargo.lock ./
COPY tests tests
RUN for crate in . tests/*; do mkdir "$crate/src" && touch "$crate/src/lib.rs"; done \
    && echo 'fn main() {}' >src/main.rs \
    && cargo auditable build --release --locked --package fargate-operator --bin fargate-operator
COPY src src
# Touched, since cargo goes by time, and the files are older than the empty ones were.
RUN touch src/lib.rs src/main.rs \
    && cargo auditable build --release --locked --package fargate-operator --bin fargate-operator \
    && cp target/*/release/fargate-operator /fargate-operator

# No base image: the binary needs nothing but the root certificates, with which AWS is verified. What is not there need not be
# patched or trusted; which crates are in the binary, cargo-auditable has written into it for scanners to read.
FROM scratch
LABEL org.opencontainers.image.title="fargate-operator" \
      org.opencontainers.image.description="A Kubernetes operator for AWS EKS Fargate profiles" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /fargate-operator /fargate-operator
# A number, so that runAsNonRoot can be checked.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/fargate-operator"]
CMD ["run"]
