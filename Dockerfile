# syntax=docker/dockerfile:1
# The operator's image: docker build --build-arg DOTNET_REGISTRY=… -t registry.example.com/kvm-operator:VERSION .
#
# It is framework-dependent: a native binary is published in five minutes and does not work yet (docs/adr/0041-framework-dependent-image.md). The base images are arguments: DOTNET_REGISTRY is
# Microsoft's container registry or a mirror of it. The last image has no shell and no package manager, and nothing in it is root.
ARG DOTNET_REGISTRY
ARG SDK_IMAGE=${DOTNET_REGISTRY}/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=${DOTNET_REGISTRY}/dotnet/aspnet:10.0-noble-chiseled

FROM ${SDK_IMAGE} AS build
WORKDIR /source
COPY Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/ src/
RUN dotnet restore src/KvmOperator --locked-mode \
 && dotnet publish src/KvmOperator --no-restore -c Release -o /operator -nologo -p:UseAppHost=false

FROM ${RUNTIME_IMAGE} AS operator
# Written here by config/generate.
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="kvm-operator" \
      org.opencontainers.image.description="Runs KVM virtual machines on bare-metal hosts over SSH, from objects of a Kubernetes API" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /operator /operator
# The operator writes no file: its root may be read-only, and diagnostics would need a socket in /tmp. What the other two are for: docs/operator.md.
ENV DOTNET_EnableDiagnostics=0 MALLOC_ARENA_MAX=2 DOTNET_GCgen0size=400000
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["dotnet", "/operator/KvmOperator.dll"]
