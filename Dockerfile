FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
# cpu | cuda: which libtorch the image carries.
ARG TORCH=cpu
WORKDIR /source
COPY global.json .editorconfig Directory.* ./
COPY build/ build/
COPY src/ src/
# Compiled ahead of time, so that a worker starts in half the processor time.
RUN dotnet publish src/Cli/Das.Cli.csproj -c Release -p:Torch=${TORCH} -p:PublishReadyToRun=true -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
ENV DAS_HOME=/data PATH="/app:${PATH}"
# The shared volume takes over this folder's owner when it is first mounted.
RUN mkdir /data && chown ${APP_UID} /data
WORKDIR /app
COPY --from=build /app ./
COPY recipes/ recipes/
COPY models/ models/
USER ${APP_UID}
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["das"]
CMD ["serve", "--urls", "http://0.0.0.0:8080"]
