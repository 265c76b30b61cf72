// validatorUrl: null keeps the viewer from asking a server on the internet to check the contract.
SwaggerUIBundle({
  url: '/openapi.yaml',
  dom_id: '#viewer',
  deepLinking: true,
  docExpansion: 'list',
  tryItOutEnabled: false,
  persistAuthorization: false,
  validatorUrl: null,
});
