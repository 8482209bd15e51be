# One image for every program: docker run trading run | service NAME | health | any other command of trading.
#
#   docker build --build-arg COMMIT=$(git rev-parse HEAD) -t trading:local .
#   docker buildx build --platform linux/amd64,linux/arm64 -t trading:1.2.0 \
#       --build-arg VERSION=1.2.0 --build-arg COMMIT=$(git rev-parse HEAD) .
#
# Every platform's programs are built on the platform of the builder. They are compiled to machine code ahead: a service that is started,
# or one more of it, need not compile itself first.

FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS projects
WORKDIR /src
COPY . .
# What a restore depends on, without the sources: while it stays the same, the layer of the restore is taken from the cache.
RUN find . -type f ! -name '*.csproj' ! -name 'Directory.*' ! -name '*.targets' ! -name 'packages.lock.json' \
        ! -name global.json ! -name .editorconfig -delete

FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
# false builds against the stand-ins of compat/, where the registry lacks the packages.
ARG OfficialPackages=true
# Docker's name of the platform; .NET calls amd64 x64.
ARG TARGETARCH
WORKDIR /src
COPY --from=projects /src .
# A restore for one system is another graph: it has a lock file of its own.
RUN --mount=type=cache,id=nuget,target=/root/.nuget/packages dotnet restore services/Cli \
        -r linux-$(echo "${TARGETARCH:-amd64}" | sed s/amd64/x64/) -p:OfficialPackages=$OfficialPackages \
        -p:PublishReadyToRun=true -p:NuGetLockFilePath=obj/packages.publish.lock.json
COPY . .
ARG VERSION=1.0.0
ARG COMMIT=unknown
RUN --mount=type=cache,id=nuget,target=/root/.nuget/packages dotnet publish services/Cli -c Release -o /app --no-restore \
        -r linux-$(echo "${TARGETARCH:-amd64}" | sed s/amd64/x64/) --self-contained false -p:PublishReadyToRun=true \
        -p:NuGetLockFilePath=obj/packages.publish.lock.json \
        -p:OfficialPackages=$OfficialPackages -p:Version=$VERSION -p:SourceRevisionId=$COMMIT \
        -p:UseAppHost=false -p:PackAsTool=false -p:SatelliteResourceLanguages=en \
    && find /app -name '*.xml' -delete

# Chiseled: no shell, no package manager, nothing but .NET, its libraries and certificates. No ICU and no time zones either, and none
# are needed: the programs are built with InvariantGlobalization, and every time is UTC.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
ARG VERSION=1.0.0
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="trading" \
      org.opencontainers.image.description="An automated Bitcoin trading system: every service and the operator's program" \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$COMMIT
WORKDIR /app
COPY --from=build /app .
# The base's ASPNETCORE_HTTP_PORTS would open a second port. Garbage collection is the workstation's: with the server's, three recorded days
# took a tenth more processor time and no less memory (docs/deploy.md). The heap may take 60 percent (hexadecimal 3C) of the memory limit:
# code, threads, sockets and the connections to PostgreSQL need the rest. A service runs long enough for code that is compiled again from
# what it does.
ENV ASPNETCORE_HTTP_PORTS= \
    DOTNET_RUNNING_IN_CONTAINER=true \
    DOTNET_gcServer=0 \
    DOTNET_GCHeapHardLimitPercent=3C \
    DOTNET_TieredPGO=1 \
    DOTNET_EnableDiagnostics=0 \
    Trading__HttpAddress=0.0.0.0 \
    Trading__HttpPort=8080
EXPOSE 8080
USER 1654:1654
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["dotnet", "/app/trading.dll", "health"]
ENTRYPOINT ["dotnet", "/app/trading.dll"]
CMD ["--help"]
